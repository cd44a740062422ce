/**
 * Many replicas behind one interface: the cluster and the services that the API calls. The packages
 * below it have the parts by subject, and none of them knows this one.
 */
@NullMarked
package org.dlora.cluster;

import org.jspecify.annotations.NullMarked;
