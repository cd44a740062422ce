/** Interpreter of the syntax trees: statements, scopes, macros and global functions. */
@NullMarked
package org.dlora.template.run;

import org.jspecify.annotations.NullMarked;
