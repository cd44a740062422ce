/**
 * Many replicas behind one interface, which takes adapters by the ids of registrations. The
 * packages below it have the parts by subject, and none of them knows this one.
 */
@NullMarked
package org.dlora.cluster;

import org.jspecify.annotations.NullMarked;
