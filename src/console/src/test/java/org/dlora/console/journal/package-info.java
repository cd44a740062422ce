@NullMarked
package org.dlora.console.journal;

import org.jspecify.annotations.NullMarked;
