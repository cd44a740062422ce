/**
 * Pages of the adapters: the list, one adapter with its versions and aliases, and jobs that acquire
 * adapters. Changes are made by the services of {@code api.admin}, as the endpoints make them.
 */
@NullMarked
package org.dlora.console.adapters;

import org.jspecify.annotations.NullMarked;
