/**
 * Access: API keys, teams, scopes, and the table of the endpoints. The keys are checked in memory;
 * package {@code store} keeps them. Spring Security stands in {@code security.web} alone.
 */
@NullMarked
package org.dlora.security;

import org.jspecify.annotations.NullMarked;
