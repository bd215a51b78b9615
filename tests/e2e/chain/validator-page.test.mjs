// docs/validator.md holds: every block of it that takes no minutes runs, and prints what the page says.

import { validatorPage } from '../support/validator-page.mjs';

await validatorPage({ long: false });
