//! HTTP and WebSocket by hand, so that a test can also say what no library would.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

/// Longest any step of a test may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for something that must happen.
pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("in time")
}

#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    pub(super) fn code(&self) -> String {
        self.json()["code"].as_str().expect("a code").to_owned()
    }

    /// `name=value` of the cookie that was set.
    pub(super) fn cookie(&self) -> String {
        let set = self.header("set-cookie").expect("a cookie");
        set.split(';').next().expect("a first part").to_owned()
    }
}

/// A request in the making.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
}

impl Ask {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn post(path: &str, body: serde_json::Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(super) fn json(mut self, body: serde_json::Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self.with("content-type", "application/json")
    }

    pub(super) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn head(&self, address: SocketAddr) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head.push_str(&format!("host: {address}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head + "\r\n"
    }

    pub(super) async fn to(&self, address: SocketAddr) -> Reply {
        self.over(Wire::open(address).await, address).await
    }

    pub(super) async fn over(&self, mut wire: Wire, address: SocketAddr) -> Reply {
        wire.write(self.head(address).as_bytes()).await;
        if let Some(body) = &self.body {
            // The node may refuse before it has read everything.
            let _ = wire.stream.write_all(body).await;
        }
        wire.reply(&self.method).await.expect("a reply")
    }
}

/// What carries bytes: TCP, or TLS over it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One connection.
pub(super) struct Wire {
    pub(super) stream: Box<dyn Stream>,
    pub(super) read: Vec<u8>,
}

impl Wire {
    pub(super) async fn open(address: SocketAddr) -> Self {
        Self::over(soon(TcpStream::connect(address)).await.expect("connected"))
    }

    pub(super) fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), read: Vec::new() }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        soon(self.stream.write_all(bytes)).await.expect("written");
    }

    /// Reads more; false at the end of the stream.
    pub(super) async fn more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        match soon(self.stream.read(&mut buffer)).await {
            Ok(0) | Err(_) => false,
            Ok(n) => {
                self.read.extend_from_slice(&buffer[..n]);
                true
            }
        }
    }

    /// Everything until the node closes.
    pub(super) async fn until_closed(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    pub(super) async fn reply(&mut self, method: &str) -> Option<Reply> {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more().await {
                return None;
            }
        };
        let head = String::from_utf8(self.read.drain(..end).collect()).expect("text");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut reply = Reply { status, headers, body: Vec::new() };
        let length: usize =
            reply.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        if method != "HEAD" && status != 101 {
            while self.read.len() < length && self.more().await {}
            reply.body = self.read.drain(..length.min(self.read.len())).collect();
        }
        Some(reply)
    }
}

/// What a WebSocket can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    /// The code, if there was one.
    Close(Option<u16>),
    Other(u8),
}

/// A live socket.
pub(super) struct Tab {
    pub(super) wire: Wire,
}

impl Tab {
    /// The handshake, with these further headers.
    pub(super) async fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, Reply> {
        Self::over(Wire::open(address).await, address, headers).await
    }

    pub(super) async fn over(
        mut wire: Wire,
        address: SocketAddr,
        headers: &[(&str, &str)],
    ) -> Result<Self, Reply> {
        let mut ask = Ask::get("/api/live")
            .with("connection", "Upgrade")
            .with("upgrade", "websocket")
            .with("sec-websocket-version", "13")
            .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        for (name, value) in headers {
            ask = ask.with(name, value);
        }
        wire.write(ask.head(address).as_bytes()).await;
        let reply = wire.reply("GET").await.expect("a reply");
        if reply.status == 101 { Ok(Self { wire }) } else { Err(reply) }
    }

    pub(super) async fn say(&mut self, opcode: u8, payload: &[u8]) {
        self.wire.write(&frame(opcode, payload)).await;
    }

    pub(super) async fn send(&mut self, message: &[u8]) {
        self.say(2, message).await;
    }

    /// The next frame; `None` when the connection is closed.
    pub(super) async fn hear(&mut self) -> Option<Frame> {
        while self.wire.read.len() < 2 {
            if !self.wire.more().await {
                return None;
            }
        }
        let (opcode, short) = (self.wire.read[0] & 15, usize::from(self.wire.read[1] & 127));
        let extra = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        while self.wire.read.len() < 2 + extra {
            assert!(self.wire.more().await, "a whole frame");
        }
        let length = match extra {
            0 => short,
            _ => self.wire.read[2..2 + extra].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
        };
        while self.wire.read.len() < 2 + extra + length {
            assert!(self.wire.more().await, "a whole frame");
        }
        let payload = self.wire.read.drain(..2 + extra + length).skip(2 + extra).collect::<Vec<u8>>();
        Some(match opcode {
            2 => Frame::Binary(payload),
            8 => Frame::Close(payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]))),
            9 => Frame::Ping(payload),
            other => Frame::Other(other),
        })
    }

    /// The code with which the node closes; pings and messages before it are passed over.
    pub(super) async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.hear().await? {
                Frame::Close(code) => return code,
                _ => continue,
            }
        }
    }
}

/// A masked frame, as tabs send them.
pub(super) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=65_535 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    frame.extend(mask);
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
    frame
}
