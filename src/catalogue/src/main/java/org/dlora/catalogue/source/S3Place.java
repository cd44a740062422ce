package org.dlora.catalogue.source;

import org.dlora.catalogue.source.fetch.Quotes;

/**
 * An object of S3, or a folder.
 *
 * @param key of the object; for a folder, what its objects' keys begin with
 */
record S3Place(String bucket, String key) {
    @Override
    public String toString() {
        return Quotes.of("s3://%s/%s".formatted(bucket, key));
    }
}
