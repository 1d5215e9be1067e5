//! Connections with partners, and what comes over them.

use alianza_shared::api::TrafficView;
use alianza_shared::id::CityId;
use alianza_shared::sync::{Input, LinkId};
use alianza_shared::wire::DENIED_STRANGER;

use super::{NEWCOMER_MS, Running, effects, refusals};
use crate::clock;
use crate::network;

/// A live connection.
pub(super) struct Live {
    pub(super) id: network::LinkId,
    pub(super) city: CityId,
    pub(super) traffic: TrafficView,
}

impl Running {
    pub(super) fn network_event(&mut self, event: network::Event) {
        match event {
            network::Event::Listening { address } => {
                tracing::info!(%address, "partners can reach this node");
                self.listening.push(address);
                self.refresh_card(None);
            }
            network::Event::LinkUp { link, key, dialer, address } => {
                let (link, city) = (LinkId(link.0), CityId(key));
                tracing::info!(city = %self.name_of(&city), %address, dialer, "connected");
                self.denied.retain(|of, code| *of != city || *code != DENIED_STRANGER);
                self.links.insert(
                    link,
                    Live { id: network::LinkId(link.0), city, traffic: TrafficView::default() },
                );
                self.handle(Input::LinkUp { link, city, dialer, address });
                self.newcomers.push(clock::now_ms() + NEWCOMER_MS);
                self.dirty_topics.insert("status");
            }
            network::Event::LinkDown { link, key, reason } => {
                tracing::info!(city = %self.name_of(&CityId(key)), %reason, "disconnected");
                self.links.remove(&LinkId(link.0));
                self.handle(Input::LinkDown { link: LinkId(link.0) });
                self.dirty_topics.insert("status");
            }
            network::Event::Frame { link, frame } => {
                if let Some(live) = self.links.get_mut(&LinkId(link.0)) {
                    let bytes = frame.len() as u64 + 4;
                    live.traffic.bytes_received += bytes;
                    live.traffic.frames_received += 1;
                    if frame.first() == Some(&effects::ENTRIES) {
                        live.traffic.entry_bytes_received += bytes;
                        self.pour.frame(tokio::time::Instant::now(), frame.len());
                    }
                }
                self.handle(Input::Frame { link: LinkId(link.0), frame });
            }
            network::Event::Question { question, key, address, frame } => {
                self.question(question, CityId(key), &address, &frame);
            }
            network::Event::Answered { request, result } => self.join_answered(request, result),
            network::Event::Denied { key, code } => self.denied_by(CityId(key), code),
            network::Event::Refused { key, address, reason } => {
                tracing::warn!(
                    key = %CityId(key), %address, %reason,
                    "refused: this key belongs to no member of our alliances; it was told so and nothing else"
                );
            }
        }
    }

    /// Said once, not at each attempt; the status says it as long as it holds.
    pub(super) fn denied_by(&mut self, city: CityId, code: u8) {
        if self.denied.insert(city, code) != Some(code) {
            let why = refusals::denied(code);
            tracing::warn!(city = %self.name_of(&city), code, why, "a partner will not have a link with this node");
            self.dirty_topics.insert("status");
        }
    }
}
