package com.mimiry.sessions;

import static com.mimiry.sessions.SessionReadStore.time;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.UUID;
import org.jdbi.v3.core.statement.Update;

/**
 * Writes sessions. Every change names the version that it was decided on and answers whether it still held; only then
 * may the rest of the transaction stand.
 */
final class SessionStore {
    /** @return false where its address is another live session's */
    boolean insert(Transaction tx, Session session, byte[] sealedSecrets) {
        Session.Wanted wanted = session.wanted();
        return tx.handle()
                        .createUpdate("""
                        insert into session (id, org_id, user_id, name, image, gpu_request, command, environment_masked,
                            secrets, auto_terminate, ssh_enabled, ssh_fingerprint, ssh_key_registered, max_duration_s, max_cost_micros,
                            control_token, ssh_address, gpu_count, hourly_rate_micros, quoted, state, operation, operation_since,
                            created_at, updated_at)
                        values (:id, :org, :user, :name, :image, :gpu_request, :command, :environment_masked, :secrets,
                            :auto_terminate, :ssh_enabled, :ssh_fingerprint, :ssh_key_registered, :max_duration, :max_cost, :control_token,
                            :ssh_address, :gpu_count, :rate, :quoted, :state, :operation, :now, :now, :now)
                        on conflict (ssh_address) where terminated_at is null do nothing
                        """)
                        .bind("id", session.id())
                        .bind("org", session.organizationId())
                        .bind("user", session.userId())
                        .bind("name", wanted.name())
                        .bind("image", wanted.image())
                        .bind("gpu_request", wanted.gpuRequest())
                        .bind("command", wanted.command())
                        .bind("environment_masked", wanted.environmentMasked())
                        .bind("secrets", sealedSecrets)
                        .bind("auto_terminate", wanted.autoTerminate().text())
                        .bind("ssh_enabled", wanted.sshEnabled())
                        .bind("ssh_fingerprint", wanted.sshFingerprint())
                        .bind("ssh_key_registered", wanted.sshKeyRegistered())
                        .bind(
                                "max_duration",
                                wanted.maxDuration() == null
                                        ? null
                                        : wanted.maxDuration().toSeconds())
                        .bind(
                                "max_cost",
                                wanted.maxCost() == null
                                        ? null
                                        : wanted.maxCost().micros())
                        .bind("control_token", wanted.controlToken())
                        .bind("ssh_address", wanted.sshAddress())
                        .bind("gpu_count", session.placement().gpuCount())
                        .bind("rate", session.placement().hourlyRate().micros())
                        .bind("quoted", session.placement().quoted())
                        .bind("state", session.state().text())
                        .bind("operation", session.operation().text())
                        .bind("now", time(session.times().createdAt()))
                        .execute()
                == 1;
    }

    /** Takes the row's next version without another change, so that what follows in the transaction is guarded. */
    boolean touch(Transaction tx, Session session) {
        return guarded(tx, session, "update session set version = version + 1 where id = :id and version = :version")
                        .execute()
                == 1;
    }

    boolean operation(Transaction tx, Session session, Operation operation, Instant now) {
        return guarded(tx, session, """
                update session set version = version + 1, operation = :operation, operation_since = :now
                where id = :id and version = :version
                """)
                        .bind("operation", operation.text())
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    boolean provisioned(Transaction tx, Session session, Attempt attempt, Instant provisionedAt, Instant now) {
        return guarded(tx, session, """
                update session
                set version = version + 1, state = 'provisioned', operation = :operation, operation_since = :now,
                    updated_at = :now, provisioned_at = :provisioned_at, provider = :provider, location = :location,
                    gpu_model = :gpu, hourly_rate_micros = :rate
                where id = :id and version = :version
                """)
                        .bind("operation", Operation.SETTING_UP.text())
                        .bind("now", time(now))
                        .bind("provisioned_at", time(provisionedAt))
                        .bind("provider", attempt.provider())
                        .bind("location", attempt.location())
                        .bind("gpu", attempt.gpuModel())
                        .bind("rate", attempt.hourlyRate().micros())
                        .execute()
                == 1;
    }

    boolean started(Transaction tx, Session session, Instant startedAt, Instant now) {
        return guarded(tx, session, """
                update session
                set version = version + 1, state = 'started', operation = '', operation_since = :now, updated_at = :now,
                    started_at = :started_at, started_shown_at = :now
                where id = :id and version = :version
                """)
                        .bind("now", time(now))
                        .bind("started_at", time(startedAt))
                        .execute()
                == 1;
    }

    boolean kept(Transaction tx, Session session, int exitCode, Instant endedAt) {
        return guarded(tx, session, """
                update session set version = version + 1, exit_code = :exit_code, ended_at = :ended_at
                where id = :id and version = :version
                """)
                        .bind("exit_code", exitCode)
                        .bind("ended_at", time(endedAt))
                        .execute()
                == 1;
    }

    boolean endRequested(Transaction tx, Session session, StopReason reason, Instant now) {
        return guarded(tx, session, """
                update session set version = version + 1, end_reason = :reason, end_requested_at = :now
                where id = :id and version = :version and end_reason is null
                """)
                        .bind("reason", reason.text())
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    boolean deleteRequested(Transaction tx, Session session, Instant now) {
        return guarded(tx, session, """
                update session
                set version = version + 1, delete_requested_at = :now,
                    end_reason = coalesce(end_reason, 'user_requested'), end_requested_at = coalesce(end_requested_at, :now)
                where id = :id and version = :version and delete_requested_at is null
                """).bind("now", time(now)).execute() == 1;
    }

    boolean signalled(Transaction tx, Session session, String signal, Instant now) {
        boolean kill = signal.equals("SIGKILL");
        return guarded(tx, session, """
                update session
                set version = version + 1,
                    term_sent_at = case when :kill then term_sent_at else :now end,
                    kill_sent_at = case when :kill then :now else kill_sent_at end
                where id = :id and version = :version
                """)
                        .bind("kill", kill)
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    /** Writes the decided end, not yet the state that shows it. */
    boolean concluded(Transaction tx, Session session, Decision.Conclude end, Instant endedAt) {
        return guarded(tx, session, """
                update session
                set version = version + 1, end_state = :end_state, exit_code = :exit_code, error = :error,
                    stop_reason = :stop_reason, ended_at = :ended_at
                where id = :id and version = :version
                """)
                        .bind("end_state", end.endState().text())
                        .bind("exit_code", end.exitCode())
                        .bind("error", end.error())
                        .bind(
                                "stop_reason",
                                end.stopReason() == null
                                        ? null
                                        : end.stopReason().text())
                        .bind("ended_at", time(endedAt))
                        .execute()
                == 1;
    }

    boolean endShown(Transaction tx, Session session, Operation operation, Instant now) {
        return guarded(tx, session, """
                update session
                set version = version + 1, state = end_state, operation = :operation, operation_since = :now,
                    updated_at = :now, end_shown_at = :now
                where id = :id and version = :version
                """)
                        .bind("operation", operation.text())
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    boolean terminated(Transaction tx, Session session, SessionState state, Instant now) {
        return guarded(tx, session, """
                update session
                set version = version + 1, state = :state, operation = '', operation_since = :now,
                    updated_at = case when state = :state then updated_at else :now end,
                    terminated_at = coalesce(terminated_at, :now)
                where id = :id and version = :version
                """)
                        .bind("state", state.text())
                        .bind("now", time(now))
                        .execute()
                == 1;
    }

    void addEvent(
            Transaction tx,
            UUID sessionId,
            Instant at,
            String type,
            SessionState state,
            Operation operation,
            String message) {
        tx.handle()
                .createUpdate("""
                        insert into session_event (session_id, at, type, state, operation, message)
                        values (:id, :at, :type, :state, :operation, :message)
                        """)
                .bind("id", sessionId)
                .bind("at", time(at))
                .bind("type", type)
                .bind("state", state.text())
                .bind("operation", operation.text())
                .bind("message", message)
                .execute();
    }

    private static Update guarded(Transaction tx, Session session, String sql) {
        return tx.handle().createUpdate(sql).bind("id", session.id()).bind("version", session.version());
    }
}
