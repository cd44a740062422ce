/** API keys, teams and the tokens that they used, in the database. */
@NullMarked
package org.dlora.store.keys;

import org.jspecify.annotations.NullMarked;
