package org.dlora.app.settings;

import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The places that adapters may be fetched from.
 *
 * @param hub whether the Hugging Face hub is one
 * @param httpsHosts hosts of {@code https:} URLs
 * @param s3Buckets buckets of {@code s3:} URLs
 */
record SourceProperties(
        @DefaultValue("true") boolean hub,
        @DefaultValue List<String> httpsHosts,
        @DefaultValue List<String> s3Buckets) {}
