package org.dlora.console.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.springframework.boot.logging.LogFile;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** The file that the process writes its log to, if there is one ({@code logging.file.name}). */
@Component
final class LogFileTail {
    /** Bytes of its end that are given out. */
    static final int MOST = 4 << 20;

    private final Optional<Path> file;
    private final Redaction redaction;

    LogFileTail(Environment environment, Redaction redaction) {
        file =
                Optional.ofNullable(LogFile.get(environment))
                        .map(LogFile::toString)
                        .map(Path::of)
                        .map(Path::toAbsolutePath);
        this.redaction = redaction;
    }

    /** Returns the file; empty if none is written. */
    Optional<Path> file() {
        return file.filter(Files::isRegularFile);
    }

    /**
     * Returns the last whole lines of the file without secrets, {@value #MOST} bytes at most. Waits
     * for the disk.
     *
     * @throws IOException if the file cannot be read
     */
    String text(Path from) throws IOException {
        try (var channel = FileChannel.open(from)) {
            long begin = Math.max(0, channel.size() - MOST);
            var bytes = ByteBuffer.allocate((int) (channel.size() - begin));
            while (bytes.hasRemaining() && channel.read(bytes, begin + bytes.position()) >= 0) {}
            var text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            return redaction.hide(begin == 0 ? text : text.substring(text.indexOf('\n') + 1));
        }
    }
}
