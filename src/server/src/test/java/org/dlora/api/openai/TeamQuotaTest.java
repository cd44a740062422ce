package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.TinyServer;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AdapterSources;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.source.FakeTarget;
import org.dlora.catalogue.source.Requester;
import org.dlora.catalogue.source.SourceSettings;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.dlora.cluster.IdleService;
import org.dlora.model.BaseModel;
import org.dlora.operate.Administration;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.security.Access;
import org.dlora.security.AdapterPatterns;
import org.dlora.security.Ending;
import org.dlora.security.KeySettings;
import org.dlora.security.Scope;
import org.dlora.security.limits.Limits;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;

class TeamQuotaTest {
    private static Access access(AdapterPatterns adapters) {
        return new Access(
                new Access.KeyView(
                        "k",
                        new KeySettings(
                                "k", null, Set.of(Scope.ADAPTERS), adapters, null, Limits.NONE)),
                null,
                Ending.NEVER);
    }

    private static boolean add(TeamQuota quota, Administration administration, Access access) {
        return quota.add(administration, access, "blue-one", () -> true);
    }

    /** A second call asks after the first has found room and before its version is added. */
    @Test
    void noTwoVersionsAtATimeFindTheSameRoom() {
        try (var server = new TinyServer();
                var base = BaseModel.open(TestFiles.demo("model"))) {
            server.serve("blue-one", "dora");
            var served =
                    new ServedBuilder(
                                    new ServedModels(base, 64, server.names(), Instant.EPOCH),
                                    new IdleService())
                            .administration();
            var blue = access(new AdapterPatterns(List.of("blue-*")));
            var red = access(new AdapterPatterns(List.of("red-*")));
            var quota = new TeamQuota(2, Long.MAX_VALUE, 1);
            boolean added =
                    quota.add(
                            served,
                            blue,
                            "blue-two",
                            () -> {
                                assertThatExceptionOfType(CommandRefusedException.class)
                                        .isThrownBy(() -> add(quota, served, blue))
                                        .withMessageContaining(
                                                "have 2 versions, and 2 are the most");
                                return quota.add(served, red, "red-one", () -> true);
                            });
            assertThat(added).isTrue();
            assertThat(add(quota, served, blue)).isTrue();
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> {
                        var _ =
                                quota.add(
                                        served,
                                        blue,
                                        "blue-two",
                                        () -> {
                                            throw new IllegalStateException("it fails");
                                        });
                    });
            assertThat(add(quota, served, blue)).isTrue();
        }
    }

    /** An upload is a job before its name has come. */
    @Test
    void anUploadWithoutANameTakesItsOwnersRoom(@TempDir Path home) throws IOException {
        try (var server = new TinyServer();
                var base = BaseModel.open(TestFiles.demo("model"));
                var jobs =
                        new AcquisitionJobs(
                                new ContentStore(home),
                                AdapterSources.of(
                                        new SourceSettings(
                                                false,
                                                List.of(),
                                                List.of(),
                                                new UnpackLimits(1 << 20, 100, 100)),
                                        new HubSettings(
                                                URI.create("http://localhost"),
                                                Optional.empty(),
                                                home,
                                                false)),
                                new FakeTarget(),
                                InstantSource.system())) {
            var served =
                    new ServedBuilder(
                                    new ServedModels(base, 64, server.names(), Instant.EPOCH),
                                    new IdleService())
                            .acquisitions(jobs)
                            .administration();
            var blue = access(new AdapterPatterns(List.of("blue-*")));
            var quota = new TeamQuota(1, Long.MAX_VALUE, 1);
            var owner = new Requester("a", TeamQuota.owner(blue));
            try (var upload = quota.begin(served, blue, () -> jobs.upload(owner))) {
                assertThatExceptionOfType(CommandRefusedException.class)
                        .isThrownBy(() -> quota.begin(served, blue, () -> jobs.upload(owner)))
                        .withMessageContaining("have 1 versions, and 1 are the most");
                upload.fail(new CancellationException());
            }
            assertThat(add(quota, served, blue)).isTrue();
        }
    }

    /** Versions that differ in their defaults have one content. */
    @Test
    void bytesOfTheAdaptersThatACallMayChangeAreBounded() {
        try (var server = new TinyServer();
                var base = BaseModel.open(TestFiles.demo("model"))) {
            server.serve("blue-one", "dora");
            server.serve("red-one", "r8-all");
            var served =
                    new ServedBuilder(
                                    new ServedModels(base, 64, server.names(), Instant.EPOCH),
                                    new IdleService())
                            .administration();
            var blue = access(new AdapterPatterns(List.of("blue-*")));
            long bytes =
                    server
                            .service()
                            .find("blue-one")
                            .orElseThrow()
                            .record()
                            .versions()
                            .values()
                            .stream()
                            .mapToLong(version -> version.facts().bytes().orElseThrow())
                            .sum();
            assertThat(bytes).isPositive();
            assertThat(add(new TeamQuota(10, bytes + 1, 1), served, blue)).isTrue();
            var full = new TeamQuota(10, bytes, 1);
            assertThatExceptionOfType(CommandRefusedException.class)
                    .isThrownBy(() -> add(full, served, blue))
                    .withMessageContaining("dlora.adapters.team.max-bytes")
                    .satisfies(e ->
                            assertThat(ApiException.refused(e).status())
                                    .isEqualTo(HttpStatus.CONTENT_TOO_LARGE));
            assertThat(add(full, served, access(AdapterPatterns.ALL))).isTrue();
            assertThat(add(full, served, Access.OPEN)).isTrue();
        }
    }
}
