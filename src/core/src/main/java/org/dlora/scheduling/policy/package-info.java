/** Policies that settings can name, and the baselines among them. */
@NullMarked
package org.dlora.scheduling.policy;

import org.jspecify.annotations.NullMarked;
