package org.dlora.api.uploads;

import java.util.Set;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.catalogue.source.Upload;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.security.Access;
import org.dlora.security.AccessRefusedException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.codec.multipart.FilePartEvent;
import org.springframework.http.codec.multipart.FormPartEvent;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.util.StringUtils;

/** Reception of an upload part by part. One thread at a time uses it. */
final class UploadReception implements AutoCloseable {
    private static final String FILES = "files";
    private static final long MOST_READ_PAST = 64L << 20;

    private final Upload upload;
    private final Access access;
    private final Set<String> ignored;
    private boolean isAwaited = true;

    /** True while parts of one file come. */
    private boolean isInFile;

    /** Reason of the upload's refusal, once known. */
    private @Nullable RuntimeException refusal;

    /** Bytes that came after that. */
    private long readPast;

    /**
     * @param ignored fields that say nothing of the adapter
     */
    UploadReception(Upload upload, Access access, Set<String> ignored) {
        this.upload = upload;
        this.access = access;
        this.ignored = ignored;
    }

    AcquisitionJob job() {
        return upload.job();
    }

    Access access() {
        return access;
    }

    /** Returns whether the client waits for the adapter. */
    boolean isAwaited() {
        return isAwaited;
    }

    /** Ends the reception. The job goes on. */
    AcquisitionJob finish() {
        if (refusal != null) {
            throw refusal;
        }
        return upload.finish();
    }

    void fail(Throwable cause) {
        upload.fail(cause);
    }

    @Override
    public void close() {
        upload.close();
    }

    /** Takes a part, whose content it releases. */
    void take(PartEvent part) {
        try {
            if (refusal == null) {
                takeOrRefuse(part);
            } else {
                readPast += part.content().readableByteCount();
                if (readPast > MOST_READ_PAST) {
                    throw refusal;
                }
            }
        } finally {
            DataBufferUtils.release(part.content());
        }
    }

    /**
     * Takes a part, or keeps the refusal until the client has sent all, up to a limit: one that
     * still sends would see a broken connection instead of the answer.
     */
    private void takeOrRefuse(PartEvent part) {
        try {
            switch (part) {
                case FormPartEvent field -> take(field.name(), field.value());
                case FilePartEvent file -> take(file);
                default ->
                        throw SourceException.refused(
                                "A part of the body is neither a field nor a file");
            }
        } catch (SourceException | AccessRefusedException e) {
            refusal = e;
        }
    }

    private void take(String field, String value) {
        if (ignored.contains(field)) {
            return;
        }
        switch (field) {
            case "name" -> {
                access.requireChange(value);
                upload.name(value);
            }
            case "in_place" -> upload.inPlace(flag(field, value));
            case "activate" -> {
                if (!flag(field, value)) {
                    upload.addVersion();
                }
            }
            case "wait" -> isAwaited = flag(field, value);
            default ->
                    throw SourceException.refused(
                            "Unknown field '%s'; known are name, in_place, activate, wait and files"
                                    .formatted(StringUtils.truncate(field)));
        }
    }

    private static boolean flag(String field, String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw SourceException.refused(
                            "The field %s must be true or false, but is '%s'"
                                    .formatted(field, StringUtils.truncate(value)));
        };
    }

    private void take(FilePartEvent part) {
        if (!part.name().equals(FILES)) {
            throw SourceException.refused(
                    "The file %s is in the field '%s'; expected '%s'"
                            .formatted(
                                    StringUtils.truncate(part.filename()),
                                    StringUtils.truncate(part.name()),
                                    FILES));
        }
        if (!isInFile) {
            upload.begin(part.filename());
        }
        try (var buffers = part.content().readableByteBuffers()) {
            buffers.forEachRemaining(upload::write);
        }
        isInFile = !part.isLast();
    }
}
