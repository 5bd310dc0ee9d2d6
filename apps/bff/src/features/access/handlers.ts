import type { Deps, Handlers } from '../../deps.ts'
import { createAccount, listAccounts, updateAccount } from './accounts.ts'
import { createToken, deleteToken, listTokens } from './tokens.ts'

type AccessHandlers = Pick<
  Handlers,
  'userList' | 'accountList' | 'accountCreate' | 'accountUpdate' | 'tokenList' | 'tokenCreate' | 'tokenDelete'
>

export function accessHandlers(deps: Deps): AccessHandlers {
  return {
    async userList() {
      const accounts = (await listAccounts(deps.db)).filter((account) => !account.locked)
      const items = accounts.map(({ name, displayName, role }) => ({ name, displayName, role }))
      return { items, nextCursor: null, total: items.length }
    },
    async accountList() {
      const items = await listAccounts(deps.db)
      return { items, nextCursor: null, total: items.length }
    },
    accountCreate: ({ body, actor }) => createAccount(deps, actor, body),
    accountUpdate: ({ params, body, actor }) => updateAccount(deps, actor, params.name, body),
    async tokenList() {
      const items = await listTokens(deps.db)
      return { items, nextCursor: null, total: items.length }
    },
    tokenCreate: ({ body, actor }) => createToken(deps, actor, body),
    tokenDelete: ({ params, actor }) => deleteToken(deps, actor, params.id),
  }
}
