package org.dlora.app.settings;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Bounds of an adapter that is uploaded or fetched.
 *
 * @param maxSize bytes of its archive, and of its files together
 * @param maxEntries files and folders
 * @param maxRatio unpacked bytes for each byte of an archive
 */
record UploadProperties(
        @DefaultValue("4GB") DataSize maxSize,
        @DefaultValue("1000") @Min(1) @Max(100_000) int maxEntries,
        @DefaultValue("100") @Min(1) @Max(100_000) int maxRatio) {

    UnpackLimits limits() {
        return new UnpackLimits(maxSize.toBytes(), maxEntries, maxRatio);
    }
}
