/** Endpoints of keys and teams, and what a caller may do itself. */
@NullMarked
package org.dlora.api.keys;

import org.jspecify.annotations.NullMarked;
