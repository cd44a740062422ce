/**
 * Limits of keys and teams: rates, running requests and budgets of tokens. It counts in memory, and
 * knows owners by their names alone; package {@code store} keeps the used tokens.
 */
@NullMarked
package org.dlora.security.limits;

import org.jspecify.annotations.NullMarked;
