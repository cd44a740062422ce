/** Commands that change keys, teams and users. */
@NullMarked
package org.dlora.operate.access;

import org.jspecify.annotations.NullMarked;
