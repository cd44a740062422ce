/** Lexer and parsers of templates, and the syntax trees that they build. */
@NullMarked
package org.dlora.template.syntax;

import org.jspecify.annotations.NullMarked;
