/**
 * Pages of the access: API keys, teams, users, the audit, and what keys and teams use. Changes are
 * made as the endpoints make them ({@link org.dlora.operate.access.KeyCommands}, {@link
 * org.dlora.operate.access.UserCommands}), so the audit has both alike.
 */
@NullMarked
package org.dlora.console.access;

import org.jspecify.annotations.NullMarked;
