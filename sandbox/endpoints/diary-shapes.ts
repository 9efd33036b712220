import type { Cell } from "../world/diary.ts";
import type { Contract } from "../world/hiring.ts";
import type { Call } from "./endpoint.ts";
import { flag } from "./shapes.ts";

const clock = (time: number) => new Date(time * 1000).toISOString().slice(11, 16);

export function dayShape({ world }: Call, contract: Contract, cells: readonly Cell[]) {
  const user = world.users.get(contract.freelancerReference);
  const [first, last] = [cells[0], cells.at(-1)];
  const minutes = cells.length * 10;
  const manual = cells.filter(({ isManual }) => isManual).length * 10;
  return {
    contract: { id: contract.reference, user_id: user?.id ?? "", contract_title: contract.title },
    user: { id: user?.id ?? "", name: `${user?.firstName} ${user?.lastName}`, portrait_url: "" },
    duration: `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`,
    duration_int: String(minutes),
    task: {
      id: first?.taskCode ?? "",
      code: first?.taskCode ?? "",
      description: first?.taskDescription ?? "",
      memo: first?.memo ?? "",
    },
    time: {
      tracked_time: String(minutes - manual),
      manual_time: String(manual),
      overtime: "0",
      first_worked: first === undefined ? "" : clock(first.time),
      last_worked: last === undefined ? "" : clock(last.time + 600),
      first_worked_int: String(first?.time ?? 0),
      last_worked_int: String((last?.time ?? 0) + 600),
      last_screenshot: last === undefined ? "" : clock(last.time),
    },
    screenshots: cells.map((cell) => ({ activity: String(cell.activity), ...pictures(contract, cell) })),
  };
}

export function cellShape(contract: Contract, cell: Cell) {
  return {
    cell_time: String(cell.time),
    snapshot_time: String(cell.time + 300),
    activity: String(cell.activity),
    keyboard_events_count: String(cell.keyboard),
    mouse_events_count: String(cell.mouse),
    memo: cell.memo,
    task: cell.taskCode,
    task_desc: cell.taskDescription,
    manual: flag(cell.isManual),
    ...pictures(contract, cell),
  };
}

function pictures(contract: Contract, cell: Cell) {
  const url = `https://www.upwork.com/snapshot/${contract.reference}/${cell.time}`;
  return {
    has_screenshot: flag(!cell.isManual),
    screenshot_url: url,
    screenshot_img: `${url}/full.jpg`,
    screenshot_img_lrg: `${url}/large.jpg`,
    screenshot_img_med: `${url}/medium.jpg`,
    screenshot_img_thmb: `${url}/thumb.jpg`,
    has_webcam: flag(cell.hasWebcam),
    webcam_url: cell.hasWebcam ? `${url}/webcam` : "",
    webcam_img: cell.hasWebcam ? `${url}/webcam.jpg` : "",
    webcam_img_thmb: cell.hasWebcam ? `${url}/webcam-thumb.jpg` : "",
  };
}

export function snapshotShape({ world }: Call, contract: Contract, cell: Cell) {
  const user = world.users.get(contract.freelancerReference);
  return {
    ...cellShape(contract, cell),
    status: cell.isManual ? "MANUAL" : "NORMAL",
    role: "contractor",
    uid: "",
    user_id: user?.id ?? "",
    company_id: world.companies.get(contract.companyReference)?.id ?? "",
    contract_id: contract.reference,
    timezone: "UTC",
    active_window_title: cell.memo,
    minutes: Array.from({ length: 10 }, (_, minute) => ({
      time: String(cell.time + minute * 60),
      keyboard: String(minute < cell.activity ? Math.round(cell.keyboard / cell.activity) : 0),
      mouse: String(minute < cell.activity ? Math.round(cell.mouse / cell.activity) : 0),
    })),
  };
}
