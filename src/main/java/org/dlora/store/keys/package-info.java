/** API keys and teams in the database. */
@NullMarked
package org.dlora.store.keys;

import org.jspecify.annotations.NullMarked;
