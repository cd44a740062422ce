/** Users of the console in the database. */
@NullMarked
package org.dlora.store.users;

import org.jspecify.annotations.NullMarked;
