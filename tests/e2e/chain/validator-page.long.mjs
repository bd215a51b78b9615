// docs/validator.md holds as a whole: new session keys count two sessions later, and the old ones are needed no more.

import { validatorPage } from '../support/validator-page.mjs';

await validatorPage({ long: true });
