/**
 * Decisions of replicas in words: one vocabulary for all pages that say what ran and why. Pure; no
 * pages.
 */
@NullMarked
package org.dlora.console.decisions;

import org.jspecify.annotations.NullMarked;
