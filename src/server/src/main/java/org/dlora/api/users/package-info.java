/** Endpoints of the console's users. */
@NullMarked
package org.dlora.api.users;

import org.jspecify.annotations.NullMarked;
