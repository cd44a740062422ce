/** Python's operators on template values: arithmetic, slices and the formats of {@code %}. */
@NullMarked
package org.dlora.template.operator;

import org.jspecify.annotations.NullMarked;
