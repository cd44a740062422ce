/**
 * Webhooks: changes of the cluster, sent to the URLs of the settings as signed calls by HTTP.
 * Nothing here answers calls.
 */
@NullMarked
package org.dlora.api.webhooks;

import org.jspecify.annotations.NullMarked;
