import { useSearchParams } from 'react-router'

export type StoryChoice = { type: 'alert'; id: string } | { type: 'entity'; key: string } | null

/** The alert or entity the story is about now, kept in the address so that a link shows the same. */
export function useStoryChoice(): { choice: StoryChoice; choose: (next: StoryChoice) => void } {
  const [params, setParams] = useSearchParams()
  const alert = params.get('alert')
  const entity = params.get('entity')
  return {
    choice: alert ? { type: 'alert', id: alert } : entity ? { type: 'entity', key: entity } : null,
    choose: (next) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before)
          after.delete('alert')
          after.delete('entity')
          if (next?.type === 'alert') after.set('alert', next.id)
          if (next?.type === 'entity') after.set('entity', next.key)
          return after
        },
        { replace: true },
      ),
  }
}
