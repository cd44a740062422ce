/** Commands that change adapters: their versions, aliases, gates, details, shares and residency. */
@NullMarked
package org.dlora.operate.adapters;

import org.jspecify.annotations.NullMarked;
