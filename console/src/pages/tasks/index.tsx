// Tasks of useful work: all of them, or one.

import { Empty } from '../../ui/parts.tsx';
import { useChain } from '../../chain/state.ts';
import { TaskList } from './list.tsx';
import { TaskPage } from './task.tsx';

export function Tasks({ rest: [id] }: { rest: string[] }) {
  const chain = useChain();
  if (!chain.api.query.pouw) {
    return (
      <>
        <h1>Tasks</h1>
        <Empty>This chain has no tasks: its runtime is without the pallet `pouw`.</Empty>
      </>
    );
  }
  if (id === undefined) return <TaskList />;
  return /^\d{1,15}$/.test(id) ? <TaskPage key={id} id={Number(id)} /> : <Empty>'{id}' is no number of a task. <a href="#/tasks">All tasks</a></Empty>;
}
