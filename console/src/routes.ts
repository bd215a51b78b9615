// The pages of the console: a subsystem adds its folder in pages/ and a line here.

import type { ComponentType } from 'preact';
import { Governance } from './pages/governance/index.tsx';
import { Overview } from './pages/overview/index.tsx';
import { Tasks } from './pages/tasks/index.tsx';
import { Validators } from './pages/validators/index.tsx';

export interface Route {
  /** First part of the address behind the #; '' is the page that opens first. */
  path: string;
  title: string;
  /** What is shown there; `rest` is what stands behind the path. */
  page: ComponentType<{ rest: string[] }>;
}

export const routes: Route[] = [
  { path: '', title: 'Overview', page: Overview },
  { path: 'validators', title: 'Validators', page: Validators },
  { path: 'tasks', title: 'Tasks', page: Tasks },
  { path: 'governance', title: 'Governance', page: Governance },
];
