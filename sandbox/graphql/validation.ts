import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  type ValidationContext,
  type ValidationRule,
  validate,
} from "graphql";

/** An error as Upwork's server, which is graphql-java, writes it. */
export type JavaError = {
  message: string;
  locations?: readonly { line: number; column: number }[];
  path?: readonly (string | number)[];
  extensions: { classification: string };
};

/** graphql-java's name for what a rule of graphql-js finds; a rule that is not here keeps its own name. */
const typeOfRule: Readonly<Record<string, string>> = {
  FieldsOnCorrectTypeRule: "FieldUndefined",
  ProvidedRequiredArgumentsRule: "MissingFieldArgument",
  ValuesOfCorrectTypeRule: "WrongType",
  ScalarLeafsRule: "SubSelectionRequired",
  KnownArgumentNamesRule: "UnknownArgument",
  KnownTypeNamesRule: "UnknownType",
  KnownFragmentNamesRule: "UndefinedFragment",
  KnownDirectivesRule: "UnknownDirective",
  NoUndefinedVariablesRule: "UndefinedVariable",
  NoUnusedVariablesRule: "UnusedVariable",
  NoUnusedFragmentsRule: "UnusedFragment",
  NoFragmentCyclesRule: "FragmentCycle",
  VariablesInAllowedPositionRule: "VariableTypeMismatch",
  VariablesAreInputTypesRule: "NonInputTypeOnVariable",
  FragmentsOnCompositeTypesRule: "InlineFragmentTypeConditionInvalid",
  PossibleFragmentSpreadsRule: "InvalidFragmentType",
  OverlappingFieldsCanBeMergedRule: "FieldsConflict",
  LoneAnonymousOperationRule: "LoneAnonymousOperationViolation",
  UniqueOperationNamesRule: "DuplicateOperationName",
  UniqueArgumentNamesRule: "DuplicateArgumentNames",
  UniqueVariableNamesRule: "DuplicateVariableName",
  UniqueDirectivesPerLocationRule: "DuplicateDirectiveName",
  NoSchemaIntrospectionCustomRule: "IntrospectionDisabled",
};

/** What graphql-js says of the commonest mistakes, and the words graphql-java has for each. */
const wordings: readonly (readonly [RegExp, (match: RegExpExecArray) => { type?: string; text: string }])[] = [
  [
    /^Cannot query field "(.*?)" on type "(.*?)"/,
    ([, field, type]) => ({ text: `Field '${field}' in type '${type}' is undefined` }),
  ],
  [/^Field ".*?" argument "(.*?)" of type/, ([, argument]) => ({ text: `Missing field argument '${argument}'` })],
  [
    /^Field "(.*?)" of type "(.*?)" must have a selection/,
    ([, field, type]) => ({ text: `Sub selection required for type ${type} of field ${field}` }),
  ],
  [
    /^Field "(.*?)" must not have a selection since type "(.*?)"/,
    ([, field, type]) => ({
      type: "SubSelectionNotAllowed",
      text: `Sub selection not allowed on leaf type ${type} of field ${field}`,
    }),
  ],
  [
    /^Expected value of type "(.*?)!?", found null/,
    ([, type]) => ({ type: "NullValueForNonNullArgument", text: `Null value for non-null type '${type}'` }),
  ],
];

/** Checks a document as graphql-java does, or nearly; no error means that it can be executed. */
export function validationErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  allowIntrospection: boolean,
): JavaError[] {
  const typeOf = new Map<GraphQLError, string>();
  const rules = [...specifiedRules, ...(allowIntrospection ? [] : [NoSchemaIntrospectionCustomRule])].map(
    (rule): ValidationRule =>
      (context) =>
        rule(noting(context, (error) => typeOf.set(error, typeOfRule[rule.name] ?? rule.name.replace(/Rule$/, "")))),
  );
  return validate(schema, document, rules, { maxErrors: 20 }).map((error) => {
    const [pattern, wording] = wordings.find(([known]) => known.test(error.message)) ?? [];
    const match = pattern?.exec(error.message);
    const { type = typeOf.get(error) ?? "InvalidSyntax", text = error.message } = (match && wording?.(match)) ?? {};
    return {
      message: `Validation error of type ${type}: ${text}`,
      ...(error.locations ? { locations: error.locations } : {}),
      extensions: { classification: "ValidationError" },
    };
  });
}

/** A rule's context that tells of each error before it reports it. */
function noting(context: ValidationContext, note: (error: GraphQLError) => void): ValidationContext {
  const reportError = (error: GraphQLError) => {
    note(error);
    context.reportError(error);
  };
  return Object.create(context, { reportError: { value: reportError } }) as ValidationContext;
}
