package org.dlora.app;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Limits of keys and teams.
 *
 * @param shared whether servers on one PostgreSQL share requests and tokens per minute, at the cost
 *     of a query for each call that has such a limit
 */
record LimitProperties(@DefaultValue("false") boolean shared) {}
