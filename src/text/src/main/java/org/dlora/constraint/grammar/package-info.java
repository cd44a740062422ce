/**
 * Grammars over bytes: expressions, rules that call each other, and the automata of their regular
 * parts. Nothing here knows JSON, tokens or a vocabulary.
 */
@NullMarked
package org.dlora.constraint.grammar;

import org.jspecify.annotations.NullMarked;
