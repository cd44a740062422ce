/** Guard against web pages that would make a browser change the server. */
@NullMarked
package org.dlora.api.guard;

import org.jspecify.annotations.NullMarked;
