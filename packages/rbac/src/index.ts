// Owns: permissions, roles and the question who may do what.
// Never: knows users, sessions or requests.
export * from './permissions.ts'
