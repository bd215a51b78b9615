import { render } from 'preact';
import { App } from './app/app.tsx';
import './app/style.css';

render(<App />, document.getElementById('console') as HTMLElement);
