package org.dlora.app;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How adapters are placed on the replicas' memories.
 *
 * @param enabled whether copies are made where bursts would find too little KV memory, and given
 *     back; without that adapters are loaded for requests that wait for them, and by hand
 */
record PlacementProperties(@DefaultValue("true") boolean enabled) {}
