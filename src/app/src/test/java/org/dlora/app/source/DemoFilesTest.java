package org.dlora.app.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFilesTest {

    @Test
    void filesInAFolderAreUsedInPlaceAndStay() throws IOException {
        try (var demo = DemoFiles.open()) {
            assertThat(demo.model().resolve("config.json")).exists();
            try (var adapters = Files.list(demo.adapters())) {
                assertThat(adapters).hasSize(8);
            }
        }
        assertThat(DemoFiles.open().model()).exists();
    }

    @Test
    void onlyFoldersOfKilledProcessesAreRemoved(@TempDir Path temporary) throws IOException {
        var own = Files.createDirectory(temporary.resolve("dlora-demo-own"));
        var stale = left(temporary, "dlora-demo-stale", 3600);
        var fresh = left(temporary, "dlora-demo-fresh", 0);
        var used = left(temporary, "dlora-demo-used", 3600);
        var other = left(temporary, "other", 3600);
        var unlocked = Files.createDirectory(temporary.resolve("dlora-demo-unlocked"));
        var link = Files.createSymbolicLink(temporary.resolve("dlora-demo-link"), other);
        try (var channel = FileChannel.open(used.resolve("lock"), StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            DemoFiles.removeStale(own);
        }
        assertThat(stale).doesNotExist();
        assertThat(List.of(own, fresh, used, other, unlocked, link)).allMatch(Files::exists);
        assertThat(other.resolve("lock")).exists();
    }

    private static Path left(Path parent, String name, long secondsAgo) throws IOException {
        var folder = Files.createDirectory(parent.resolve(name));
        var lock = Files.writeString(folder.resolve("lock"), "");
        Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minusSeconds(secondsAgo)));
        return folder;
    }
}
