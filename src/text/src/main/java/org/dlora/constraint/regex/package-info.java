/** Regular expressions without backtracking: a bounded parser, and their texts as bytes. */
@NullMarked
package org.dlora.constraint.regex;

import org.jspecify.annotations.NullMarked;
