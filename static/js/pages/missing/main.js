// Where nothing is: the masthead leads on.

import { plainPage } from '../../core/plain-page.js';

plainPage();
