package org.dlora.catalogue.source.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.dlora.catalogue.source.fetch.HttpFetch.Request;
import org.jspecify.annotations.Nullable;

/**
 * Download of one file. Where the connection breaks, it goes on behind the bytes that came ({@code
 * Range}), also those of an earlier process.
 */
public final class FileDownload {
    /** Attempts without a byte of progress before the download fails. */
    private static final int ATTEMPTS = 5;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final int CHUNK = 1 << 16;

    private final HttpFetch http;
    private final Request request;
    private final IdleWatch idle;
    private final Pause pause;
    private boolean hasFixedContent;
    private @Nullable String validator;
    private long size = -1;
    private long limit = Long.MAX_VALUE;

    FileDownload(HttpFetch http, Request request, IdleWatch idle, Pause pause) {
        this.http = http;
        this.request = request;
        this.idle = idle;
        this.pause = pause;
    }

    /** Sets the size, of content that never changes, so that a download of any time can go on. */
    public FileDownload ofFixedContent(OptionalLong bytes) {
        hasFixedContent = true;
        size = bytes.orElse(-1);
        return this;
    }

    /** Sets the most bytes that are taken. */
    public FileDownload atMost(long bytes) {
        limit = bytes;
        return this;
    }

    /**
     * Downloads to {@code file}, which may have the first bytes already.
     *
     * @throws SourceException if the file is not there, too large, or cannot be had; what came is
     *     left in the file
     * @throws java.util.concurrent.CancellationException if {@code transfer} is cancelled or the
     *     thread interrupted
     */
    public void to(Path file, Transfer transfer) {
        try (var out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (!hasFixedContent || (size >= 0 && out.size() > size)) {
                out.truncate(0);
            }
            out.position(out.size());
            transfer.add(out.size());
            run(out, transfer);
        } catch (ClosedByInterruptException _) {
            throw HttpFetch.interrupted();
        } catch (IOException e) {
            throw SourceException.storage(request.what() + " cannot be written", e);
        }
    }

    private void run(FileChannel out, Transfer transfer) throws IOException {
        int failures = 0;
        long reached = out.position();
        while (out.position() != size) {
            try {
                if (attempt(out, transfer)) {
                    return;
                }
                throw new IOException(
                        "the connection ended after %d of %d bytes"
                                .formatted(out.position(), size));
            } catch (IOException | SourceException e) {
                transfer.goOn();
                var problem = problem(e);
                // A source that cannot go on begins anew each time, which is no progress.
                failures = out.position() > reached ? 0 : failures + 1;
                reached = Math.max(reached, out.position());
                if (problem.kind() != SourceException.Kind.UNAVAILABLE || failures >= ATTEMPTS) {
                    throw problem;
                }
                rest(failures);
            }
        }
    }

    private SourceException problem(Exception e) {
        return e instanceof SourceException known
                ? known
                : HttpFetch.broken(request, (IOException) e);
    }

    private void rest(int failures) {
        try {
            pause.sleep(FIRST_PAUSE.multipliedBy(1L << failures));
        } catch (InterruptedException _) {
            throw HttpFetch.interrupted();
        }
    }

    /** Returns whether the file is whole. */
    private boolean attempt(FileChannel out, Transfer transfer) throws IOException {
        var answer = http.get(request, headers(out.position()));
        try (var body = idle.watch(answer.body())) {
            switch (answer.statusCode()) {
                case 200 -> startAnew(out, transfer);
                case 206 -> {
                    if (!begins(answer).equals(Optional.of(out.position()))) {
                        startAnew(out, transfer);
                        throw new IOException("another range than asked for was sent");
                    }
                }
                case 416 -> {
                    startAnew(out, transfer);
                    throw new IOException("the range is not there");
                }
                default -> throw HttpStatusError.of(request, answer);
            }
            validator = strongTag(answer).orElse(null);
            var end = length(answer);
            if (size < 0 && end.isPresent()) {
                size = out.position() + end.getAsLong();
            }
            requireRoom(Math.max(size, 0));
            copy(body, out, transfer);
            return size < 0 || out.position() == size;
        }
    }

    private Map<String, String> headers(long position) {
        var headers = new HashMap<String, String>();
        if (position > 0 && (hasFixedContent || validator != null)) {
            headers.put("Range", "bytes=" + position + "-");
            if (validator != null) {
                headers.put("If-Range", validator);
            }
        }
        return headers;
    }

    private void startAnew(FileChannel out, Transfer transfer) throws IOException {
        transfer.takeBack(out.position());
        out.truncate(0);
        if (!hasFixedContent) {
            size = -1;
        }
    }

    private void copy(IdleWatch.Watched body, FileChannel out, Transfer transfer)
            throws IOException {
        var chunk = new byte[CHUNK];
        for (int count = body.read(chunk); count >= 0; count = body.read(chunk)) {
            transfer.goOn();
            requireRoom(out.position() + count);
            if (size >= 0 && out.position() + count > size) {
                throw SourceException.refused(
                        "%s has more bytes than the %d that were announced"
                                .formatted(request.what(), size));
            }
            write(out, ByteBuffer.wrap(chunk, 0, count));
            transfer.add(count);
        }
    }

    private void write(FileChannel out, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                var _ = out.write(bytes);
            }
        } catch (ClosedByInterruptException _) {
            throw HttpFetch.interrupted();
        } catch (IOException e) {
            throw SourceException.storage(request.what() + " cannot be written", e);
        }
    }

    private void requireRoom(long bytes) {
        if (bytes > limit) {
            throw new SourceException(
                    SourceException.Kind.TOO_LARGE,
                    "%s has more bytes than the %d that are allowed (dlora.adapters.uploads.max-size)"
                            .formatted(request.what(), limit));
        }
    }

    private static OptionalLong length(HttpResponse<InputStream> answer) {
        return answer.headers().firstValueAsLong("Content-Length");
    }

    private static Optional<Long> begins(HttpResponse<InputStream> answer) {
        return answer.headers()
                .firstValue("Content-Range")
                .filter(range -> range.matches("bytes \\d{1,18}-.*"))
                .map(range -> Long.valueOf(range.substring(6, range.indexOf('-'))));
    }

    private static Optional<String> strongTag(HttpResponse<InputStream> answer) {
        return answer.headers().firstValue("ETag").filter(tag -> tag.startsWith("\""));
    }
}
