/** HTTP: what clients and operators call. Requests are checked here; nothing is decided here. */
@NullMarked
package org.dlora.api;

import org.jspecify.annotations.NullMarked;
