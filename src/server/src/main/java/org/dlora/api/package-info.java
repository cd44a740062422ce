/** HTTP interfaces of clients and operators. They check requests; they make no decision. */
@NullMarked
package org.dlora.api;

import org.jspecify.annotations.NullMarked;
