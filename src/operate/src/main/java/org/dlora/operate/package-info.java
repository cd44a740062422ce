/** Commands of operators, with their checks of access, the audit and the log. */
@NullMarked
package org.dlora.operate;

import org.jspecify.annotations.NullMarked;
