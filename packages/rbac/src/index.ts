// Owns: permissions, roles, scopes and the question who may do what, where.
// Never: knows users, sessions or requests.
export * from './permissions.ts'
export * from './scope.ts'
