/** Pages of the one who signs in: sign-in, first user, password. */
@NullMarked
package org.dlora.console.account;

import org.jspecify.annotations.NullMarked;
